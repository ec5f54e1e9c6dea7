/** `beffroi completion`. */
export const completionFr = {
  "command.completion.long":
    "Écrit le script qui fait compléter à votre interpréteur les commandes et leurs options. Pour toujours : ~/.local/share/bash-completion/completions/beffroi (bash), un fichier _beffroi dans un dossier de $fpath (zsh), ~/.config/fish/completions/beffroi.fish (fish).",
  "command.completion.shell": "bash, zsh ou fish",
  "command.completion.example.bash": "Pour bash, à charger avec « source » :",
  "command.completion.example.zsh": "Pour zsh :",
  "command.completion.example.fish": "Pour fish :",
} as const;
