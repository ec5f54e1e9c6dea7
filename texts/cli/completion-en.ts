/** `beffroi completion` in English. */
import type { SameKeys } from "../catalogue.ts";
import type { completionFr } from "./completion-fr.ts";

export const completionEn: SameKeys<typeof completionFr> = {
  "command.completion.long":
    "Writes the script that makes your shell complete the commands and their options. For good: ~/.local/share/bash-completion/completions/beffroi (bash), a file _beffroi in a folder of $fpath (zsh), ~/.config/fish/completions/beffroi.fish (fish).",
  "command.completion.shell": "bash, zsh or fish",
  "command.completion.example.bash": "For bash, to be loaded with “source”:",
  "command.completion.example.zsh": "For zsh:",
  "command.completion.example.fish": "For fish:",
};
