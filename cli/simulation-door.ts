import { fault } from "./faults.ts";

export interface Commune {
  readonly insee: string;
  readonly name: string;
}

export interface ChirpStackAddress {
  readonly api: string;
  readonly apiKey: string;
}

export interface TrainingCounts {
  readonly devices: number;
  readonly joined: number;
  readonly sent: number;
  readonly published: number;
  readonly downlinks: number;
}

export interface Training {
  readonly place: {
    readonly tenant: string;
    readonly tenantId: string;
    readonly applicationId: string;
    readonly gatewayId: string;
    readonly created: number;
  };
  counts(): TrainingCounts;
  stop(): Promise<void>;
}

/** What the simulation on a ChirpStack offers; it lives with the fixtures and may be left out of an image. */
export interface Simulation<C extends Commune = Commune> {
  readonly COMMUNES: readonly C[];
  findCommune(key: string): C | undefined;
  tenantNameOf(commune: C): string;
  startTraining(
    options: ChirpStackAddress & {
      readonly mqttUrl: string;
      readonly commune: C;
      readonly size: number;
      readonly everySeconds: number;
    },
  ): Promise<Training>;
  removeTraining(address: ChirpStackAddress, commune: C): Promise<number | undefined>;
}

export async function loadSimulation(): Promise<Simulation> {
  const leaf = `training.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
  try {
    return (await import(new URL(`../fixtures/virtual-radio/${leaf}`, import.meta.url).href)) as Simulation;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (!missing) throw error;
    throw fault("not-in-this-version", { what: "simulate", detail: error.message });
  }
}
