/** What tells two boxes of one name apart: where they parted, what each has alone, who each is. No more certain than what is known. */
import type { IncidentView, SideView } from "../../api/incidents.ts";
import { useWords } from "../language.tsx";

function Fact({ name, values }: { name: string; values: readonly (string | undefined)[] }) {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {known.map((value) => (
          <span key={value} className="line">
            {value}
          </span>
        ))}
      </dd>
    </div>
  );
}

export function Sides({ incident }: { incident: IncidentView }) {
  const { say, format } = useWords();
  const { parting, accepted, refused } = incident;
  const span = (
    from: string | undefined,
    to: string | undefined,
    key: "incident.alone.span" | "incident.alone.sure" | "incident.alone.arrived",
  ) =>
    from === undefined || to === undefined ? undefined : say(key, { from: format.moment(from), to: format.moment(to) });
  // Of bounds the times are of what one surely has alone.
  const spanOf = ({ entries: alone, firstAt, lastAt }: SideView) =>
    span(
      firstAt,
      lastAt,
      alone === undefined || alone.least === alone.most ? "incident.alone.span" : "incident.alone.sure",
    );
  const entries = ({ entries: alone }: SideView): string | undefined => {
    if (alone === undefined) return undefined;
    const { least, most } = alone;
    if (most === 0) return say("incident.alone.none");
    return least === most ? say("incident.alone", { n: most }) : say("incident.alone.between", { least, most });
  };
  const who = ({ address, serial, version }: SideView): readonly (string | undefined)[] => [
    address === undefined ? undefined : say("incident.side.address", { address }),
    serial === undefined ? undefined : say("incident.side.serial", { serial }),
    version === undefined ? undefined : say("incident.side.version", { version }),
  ];
  return (
    <>
      {parting === undefined ? null : (
        <>
          <Fact
            name={say("incident.common")}
            values={[
              parting.commonSeq === 0 ? say("incident.common.none") : `${parting.commonSeq}`,
              parting.commonAt === undefined ? undefined : format.moment(parting.commonAt),
            ]}
          />
          <Fact name={say("incident.parted")} values={[partedWords(incident, say)]} />
        </>
      )}
      {accepted === undefined ? null : (
        <Fact
          name={say("incident.side.accepted")}
          values={[
            entries(accepted),
            spanOf(accepted),
            span(accepted.heardSince, accepted.heardAt, "incident.alone.arrived"),
            ...who(accepted),
          ]}
        />
      )}
      {refused === undefined ? null : (
        <Fact name={say("incident.side.refused")} values={[entries(refused), spanOf(refused), ...who(refused)]} />
      )}
    </>
  );
}

const partedWords = (
  { parting, refused }: IncidentView,
  say: ReturnType<typeof useWords>["say"],
): string | undefined => {
  if (parting === undefined) return undefined;
  const { commonSeq, partedSeq } = parting;
  if (partedSeq === commonSeq + 1) return say("incident.parted.exact", { parted: partedSeq });
  if (partedSeq !== undefined) return say("incident.parted.between", { from: commonSeq + 1, parted: partedSeq });
  return say(refused?.entries?.most === 0 ? "incident.parted.none" : "incident.parted.unknown");
};

/** A copied disk has the key as well. */
export function SameCertificate({ incident: { accepted, refused } }: { incident: IncidentView }) {
  const { say } = useWords();
  if (accepted?.serial === undefined || refused?.serial === undefined) return null;
  return (
    <p className="quiet small">
      {say(accepted.serial === refused.serial ? "incident.serial.same" : "incident.serial.other")}
    </p>
  );
}
