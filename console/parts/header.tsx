import { LANGUAGES } from "../../texts/catalogue.ts";
import { useLink } from "../data/use.ts";
import { useLanguage, useWords } from "../language.tsx";
import { Belfry, Icon } from "./icon.tsx";
import { Link } from "./link.tsx";

/** Each language by its own name: who needs it reads it. */
const NAMES = { fr: "Français", en: "English" } as const;

export function Header({ region, onPlaces }: { region: string | undefined; onPlaces: () => void }) {
  const { say } = useWords();
  return (
    <header className="header">
      <button type="button" className="button plain places-button" onClick={onPlaces}>
        <Icon name="places" />
        <span>{say("app.communes")}</span>
      </button>
      <Link to={{ view: "assets" }} className="brand">
        <Belfry />
        <span className="brand-name">{say("app.name")}</span>
        {region === undefined ? null : <span className="brand-region">{region}</span>}
      </Link>
      <LiveState />
      <LanguageSwitch />
    </header>
  );
}

/** Told by shape and word: a full disc, a ring, a cross. */
function LiveState() {
  const { say } = useWords();
  const { feed, answered } = useLink();
  const gone = answered === false;
  const [shape, key] = gone
    ? (["cross", "live.off"] as const)
    : feed === "open"
      ? (["disc", "live.on"] as const)
      : feed === "connecting" || answered === undefined
        ? (["ring", "live.connecting"] as const)
        : (["ring", "live.polling"] as const);
  return (
    <p className={`live live-${shape}`} role="status">
      {shape === "cross" ? <Icon name="cross" /> : <span className="live-shape" aria-hidden="true" />}
      <span className="live-text">{say(key)}</span>
    </p>
  );
}

function LanguageSwitch() {
  const { words, choose } = useLanguage();
  return (
    <fieldset className="languages">
      <legend className="unseen">{words.say("language.choose")}</legend>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === words.language}
          onClick={() => choose(language)}
        >
          {language.toUpperCase()}
          <span className="unseen"> {NAMES[language]}</span>
        </button>
      ))}
    </fieldset>
  );
}
