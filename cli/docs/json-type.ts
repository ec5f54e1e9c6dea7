/** A JSON Schema as a type a programmer reads at a glance. */
interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
}

export function jsonType(schema: unknown, indent = ""): string {
  const node = schema as Node;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (node.anyOf !== undefined) return node.anyOf.map((each) => jsonType(each, indent)).join(" | ");
  if (node.type === "array") return listType(node.items ?? {}, indent);
  if (node.type === "object") return objectType(node, indent);
  if (node.type === "string" && node.format === "date-time") return "time";
  return node.type ?? "any";
}

function listType(items: Node, indent: string): string {
  const inner = jsonType(items, indent);
  return inner.includes(" | ") && !inner.startsWith("{") ? `(${inner})[]` : `${inner}[]`;
}

function objectType(node: Node, indent: string): string {
  const deeper = `${indent}  `;
  const lines = Object.entries(node.properties ?? {}).map(([name, value]) => {
    const optional = node.required?.includes(name) ? "" : "?";
    return `${deeper}${JSON.stringify(name)}${optional}: ${jsonType(value, deeper)}`;
  });
  const rest = node.additionalProperties;
  if (typeof rest === "object" && lines.length === 0) return `{ [name]: ${jsonType(rest, indent)} }`;
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}
