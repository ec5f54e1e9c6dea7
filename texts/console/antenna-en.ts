import type { SameKeys } from "../catalogue.ts";
import type { antennaFr } from "./antenna-fr.ts";

export const antennaEn: SameKeys<typeof antennaFr> = {
  "antenna.title": "LoRa antennas",
  "antenna.none": "None is registered in ChirpStack",
  "antenna.working": "{n} working || {n} working",
  "antenna.silent": "{n} of {all} no longer answers || {n} of {all} no longer answer",
  "antenna.waited": "{n} of {all} has never answered yet || {n} of {all} have never answered yet",
  "antenna.unclear": "{n} of {all} in an unknown state || {n} of {all} in an unknown state",
  "antenna.offline": "The antenna {name} has not answered since {time} ({age}).",
  "antenna.offlineNever": "The antenna {name} no longer answers.",
  "antenna.offlineMeans":
    "This is the commonest cause of devices’ silence: those that only it hears are silent with it. Check its power and its network link.",
  "antenna.neverSeen": "The antenna {name} has never answered yet.",
  "antenna.neverSeenMeans": "It is not running yet, or the identifier registered in ChirpStack is not its own.",
  "antenna.stale": "State of the antennas at {time}: ChirpStack has not told it since.",
  "antenna.untold": "ChirpStack has not told the state of the antennas yet.",
  "antenna.fault.key-file": "The box cannot read the file of its API key (chirpstack.api_key_file).",
  "antenna.fault.key-refused":
    "ChirpStack refuses the box’s API key: create one (chirpstack -c DIR create-api-key --name beffroi) and write it into its file.",
  "antenna.fault.unreachable": "ChirpStack’s API does not answer: ChirpStack is stopped, or chirpstack.api is wrong.",
  "antenna.fault.no-answer": "ChirpStack’s API takes too long to answer.",
  "antenna.fault.failed": "ChirpStack’s API answers with an error: see ChirpStack’s own log.",
};
