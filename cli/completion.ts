/** What the shells are told to complete: commands, and the options of each, as the program declares them. */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface Item {
  readonly word: string;
  readonly about: string;
}

interface Place {
  /** `device add`; empty: the program. */
  readonly path: string;
  readonly items: readonly Item[];
}

const firstSentence = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .split(/(?<=\.) /)[0]!
    .replace(/\.$/, "");

/** Every command with what may follow it. */
function placesOf(command: Command, path = ""): Place[] {
  const commands = command.commands.map((each) => ({ word: each.name(), about: each.summary() || each.description() }));
  const options = command.options.flatMap(({ long, description }) =>
    long === undefined || long === null ? [] : [{ word: long, about: description }],
  );
  const items = [...commands, ...options, { word: "--help", about: "" }].map(({ word, about }) => ({
    word,
    about: firstSentence(about),
  }));
  const below = command.commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`.trim()));
  return [{ path, items }, ...below];
}

/** In single quotes, for any of the three. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const fishQuoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

const paths = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== "")
    .map(({ path }) => quoted(path))
    .join("|");

const bash = (places: readonly Place[]): string => `_beffroi() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" at="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${at:+$at }$word" in
      ${paths(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  local words=""
  case "$at" in
${places.map(({ path, items }) => `    ${quoted(path)}) words=${quoted(items.map(({ word }) => word).join(" "))} ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _beffroi beffroi
`;

const zshItem = ({ word, about }: Item): string => quoted(`${word}:${about.replaceAll(":", "\\:")}`);

const zsh = (places: readonly Place[]): string => `#compdef beffroi
_beffroi() {
  local at="" word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${paths(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${places.map(({ path, items }) => `    ${quoted(path)}) items=(${items.map(zshItem).join(" ")}) ;;`).join("\n")}
  esac
  _describe 'beffroi' items || _files
}
compdef _beffroi beffroi
`;

const fish = (places: readonly Place[]): string => {
  const known = places
    .filter(({ path }) => path !== "")
    .map(({ path }) => fishQuoted(path))
    .join(" ");
  const lines = places.flatMap(({ path, items }) =>
    items.map(({ word, about }) => {
      const at = `-n ${fishQuoted(`test "$(__beffroi_at)" = "${path}"`)}`;
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c beffroi ${at} ${what}${about === "" ? "" : ` -d ${fishQuoted(about)}`}`;
    }),
  );
  return `function __beffroi_at
  set -l at
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    contains -- $next ${known}; and set at $next
  end
  echo -n "$at"
end
${lines.join("\n")}
`;
};

const WRITERS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish };

export const completionOf = (program: Command, shell: Shell): string => WRITERS[shell](placesOf(program));
