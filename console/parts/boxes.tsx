import { type ReactNode, useId } from "react";
import type { BoxView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { antennaSummary, isAnySilent } from "../words/antenna.ts";
import { CLOCK_RIGHT_MS, servedBy } from "../words/box.ts";
import { identityWords } from "../words/identity.ts";
import { Age } from "./age.tsx";
import { AntennaNotes } from "./antennas.tsx";
import { Icon } from "./icon.tsx";
import { Empty } from "./notices.tsx";
import { useLosses } from "./storage.tsx";

export interface BoxesProps {
  readonly boxes: readonly BoxView[];
  readonly names: ReadonlyMap<string, string>;
}

const isTroubled = ({ storage }: BoxView): boolean => storage !== undefined && storage.state !== "ok";

/** Silent boxes first, then silent antennas and lossy hops: they are what one comes here for. */
export function Boxes({ boxes, names }: BoxesProps) {
  const { say } = useWords();
  const now = useNow();
  if (boxes.length === 0) return <Empty title={say("box.none")} help={say("box.noneHelp")} />;
  const isWorrying = (box: BoxView): boolean =>
    box.firstHop?.lossless === false ||
    isAnySilent(box.loraGateways) ||
    isTroubled(box) ||
    identityWords(box, now)?.bad === true;
  const worry = (box: BoxView): number => (!box.alive ? 0 : isWorrying(box) ? 1 : 2);
  return (
    <div className="boxes">
      {boxes
        .toSorted((a, b) => worry(a) - worry(b) || servedBy(a, names).localeCompare(servedBy(b, names)))
        .map((box) => (
          <BoxCard key={box.box} box={box} names={names} />
        ))}
    </div>
  );
}

function BoxCard({ box, names }: { box: BoxView; names: ReadonlyMap<string, string> }) {
  const { say } = useWords();
  const titleId = useId();
  const state = box.alive ? "alive" : box.lastProofAt === undefined ? "never" : "silent";
  return (
    <article className={`card box ${box.alive ? "" : "box-silent"}`} aria-labelledby={titleId}>
      <header className="box-head">
        <h2 id={titleId}>{say("box.title", { commune: servedBy(box, names) })}</h2>
        <span className={`mark ${box.alive ? "mark-good" : "mark-silent"}`}>
          <Icon name={box.alive ? "check" : "silent"} />
          {say(`box.${state}`)}
        </span>
      </header>
      {box.alive || box.lastProofAt === undefined ? null : <p className="quiet small">{say("box.asOfContact")}</p>}
      <Health box={box} />
      {box.loraGateways === undefined ? null : <AntennaNotes told={box.loraGateways} />}
      {box.firstHop?.lossless === false ? <FirstHop reasons={box.firstHop.reasons} /> : null}
      <More box={box} />
    </article>
  );
}

function Health({ box }: { box: BoxView }) {
  const { say, format } = useWords();
  const { waiting, daysLeft, clockOffsetMs, firstHop } = box;
  const days = daysLeft === undefined ? undefined : Math.floor(daysLeft);
  const losses = useLosses(box.storage);
  return (
    <dl className="health">
      <Fact name={say("box.lastProof")}>
        {box.lastProofAt === undefined ? say("box.never") : <Age at={box.lastProofAt} />}
      </Fact>
      <Fact name={say("box.waiting")}>
        {waiting === undefined
          ? say("box.unknown")
          : waiting === 0
            ? say("box.waitingNone")
            : say("box.waitingSome", { n: waiting })}
      </Fact>
      <Fact name={say("box.daysLeft")}>{days === undefined ? say("box.unknown") : say("box.days", { n: days })}</Fact>
      <Fact name={say("box.clock")}>
        {clockOffsetMs === undefined
          ? say("box.unknown")
          : Math.abs(clockOffsetMs) < CLOCK_RIGHT_MS
            ? say("box.clockRight")
            : say(clockOffsetMs > 0 ? "box.clockAhead" : "box.clockBehind", {
                offset: format.length(Math.abs(clockOffsetMs)),
              })}
      </Fact>
      <Fact name={say("box.firstHop")} bad={firstHop?.lossless === false}>
        {firstHop === undefined
          ? say("box.unknown")
          : say(firstHop.lossless ? "box.firstHopLossless" : "box.firstHopLossy")}
      </Fact>
      <Fact name={say("box.broker")} bad={box.brokerConnected === false}>
        {box.brokerConnected === undefined
          ? say("box.unknown")
          : say(box.brokerConnected ? "box.brokerOn" : "box.brokerOff")}
      </Fact>
      <Identity box={box} />
      {box.storage === undefined ? null : (
        <Fact name={say("storage.title")} bad={isTroubled(box)}>
          {say(`storage.${box.storage.state}`)}
        </Fact>
      )}
      {losses === undefined ? null : <Fact name={say("storage.lost")}>{losses}</Fact>}
      {box.loraGateways === undefined ? null : (
        <Fact name={say("antenna.title")} bad={isAnySilent(box.loraGateways)}>
          {antennaSummary(box.loraGateways, say)}
        </Fact>
      )}
    </dl>
  );
}

function Identity({ box }: { box: BoxView }) {
  const { say, format } = useWords();
  const words = identityWords(box, useNow());
  if (words === undefined || box.certificateEndsAt === undefined) return null;
  return (
    <Fact name={say("identity.title")} bad={words.bad}>
      {say(words.key, { date: format.date(box.certificateEndsAt) })}
    </Fact>
  );
}

function Fact({ name, bad, children }: { name: string; bad?: boolean; children: ReactNode }) {
  return (
    <div className={bad ? "fact-bad" : undefined}>
      <dt>{name}</dt>
      <dd>
        {bad ? <Icon name="alert" /> : null}
        {children}
      </dd>
    </div>
  );
}

/** What the box saw of its first hop, and the configuration lines that end it. */
const REMEDIES = [
  {
    reason: "events-at-qos-0",
    file: "chirpstack.toml",
    lines:
      '[integration.mqtt]\nqos=1\nclient_id="chirpstack-integration"\nclean_session=false\n# > 4.19.0: session_expiry_interval="24h"',
    restart: "ChirpStack",
  },
  {
    reason: "session-lost",
    file: "mosquitto.conf",
    lines: "persistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0",
    restart: "mosquitto",
  },
  { reason: "subscription-below-qos-1", file: "mosquitto.conf", lines: "max_qos 2", restart: "mosquitto" },
  {
    reason: "history-incomplete",
    file: "chirpstack.toml",
    lines: "[monitoring]\ndevice_event_log_max_history=100000",
    restart: "ChirpStack",
  },
] as const;

const NETWORK_LOST = "network-lost";

function FirstHop({ reasons }: { reasons: readonly string[] }) {
  const { say } = useWords();
  const lost = reasons.includes(NETWORK_LOST);
  const known = REMEDIES.filter(({ reason }) => reasons.includes(reason));
  const unknown = reasons.filter(
    (reason) => reason !== NETWORK_LOST && !REMEDIES.some((remedy) => remedy.reason === reason),
  );
  return (
    <div className="aside aside-bad first-hop">
      <Icon name="alert" />
      <div>
        {lost ? (
          <div className="remedy">
            <p>{say("hop.network-lost")}</p>
            <p>{say("hop.run")}</p>
            <pre className="mono">{"beffroi network plan\nbeffroi network apply"}</pre>
          </div>
        ) : null}
        {known.map(({ reason, file, lines, restart }) => (
          <div key={reason} className="remedy">
            <p>{say(`hop.${reason}`)}</p>
            <p>{say("hop.write", { file })}</p>
            <pre className="mono">{lines}</pre>
            <p>{say("hop.restart", { program: restart })}</p>
          </div>
        ))}
        {unknown.length === 0 ? null : <p className="small">{unknown.join(" · ")}</p>}
      </div>
    </div>
  );
}

function More({ box }: { box: BoxView }) {
  const { say, format } = useWords();
  const facts: [string, string | number | undefined][] = [
    [say("box.received"), box.durableSeq],
    [say("box.devices"), box.devices],
    [say("box.unregistered"), box.unregistered],
    [say("box.duplicates"), box.duplicates],
    [say("box.quarantined"), box.quarantined],
    [say("box.repeats"), box.repeats === 0 ? undefined : box.repeats],
    [say("asset.box"), box.box],
    [say("box.version"), box.version],
  ];
  return (
    <details>
      <summary>{say("box.more")}</summary>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === "number" ? format.number(value, 0) : value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  );
}
