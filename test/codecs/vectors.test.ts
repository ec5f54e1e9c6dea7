import { describe, expect, it } from "vitest";
import { catalogue, findCodec } from "../../codecs/index.ts";
import { judgeCommand, judgeFrame, sheetOf } from "./judge.ts";
import { vectorFiles } from "./vectors.ts";

describe.each(vectorFiles)("the vectors of $model", (file) => {
  const codec = findCodec(file.model)!;
  it.each(file.frames)("$name", (vector) => {
    expect(judgeFrame(codec, vector)).toEqual([]);
  });
  it.each(file.commands)("$name", (vector) => {
    expect(judgeCommand(codec, vector)).toEqual([]);
  });
});

describe("the sheet of limits", () => {
  it.each(vectorFiles)("of $model", ({ model, sheet }) => {
    expect(sheetOf(findCodec(model)!)).toEqual(sheet);
  });
});

describe("the vectors as a whole", () => {
  it("belong to the catalogue, and every codec has some", () => {
    expect(vectorFiles.map((file) => file.model).sort()).toEqual([...catalogue.keys()].sort());
  });

  it.each([...catalogue.values()])(
    "$id: every port and every command has a vector, and `verified` says what is published",
    (codec) => {
      const file = vectorFiles.find((one) => one.model === codec.id)!;
      for (const { port, verified } of codec.shape.uplinks) {
        const frames = file.frames.filter((one) => one.fPort === port);
        expect({ port, frames: frames.length > 0 }).toEqual({ port, frames: true });
        expect({ port, verified }).toEqual({ port, verified: frames.some((one) => one.truth === "R") });
      }
      for (const { name, verified } of codec.shape.commands) {
        const commands = file.commands.filter((one) => one.command === name);
        expect({ name, commands: commands.length > 0 }).toEqual({ name, commands: true });
        expect({ name, verified }).toEqual({ name, verified: commands.some((one) => one.truth === "R") });
      }
    },
  );

  it.each(vectorFiles)("of $model fail when one byte of a published frame changes", (file) => {
    const codec = findCodec(file.model)!;
    for (const vector of file.frames.filter((one) => one.truth === "R")) {
      for (let at = 0; at < vector.hex.length; at += 2) {
        const byte = (Number.parseInt(vector.hex.slice(at, at + 2), 16) ^ 0x01).toString(16).padStart(2, "0");
        const hex = vector.hex.slice(0, at) + byte + vector.hex.slice(at + 2);
        // The last digits of a value that is published rounded may change unseen.
        if (vector.rounded !== undefined && judgeFrame(codec, { ...vector, hex }).length === 0) continue;
        expect(judgeFrame(codec, { ...vector, hex }), `byte ${at / 2} of ${vector.name}`).not.toEqual([]);
      }
    }
  });
});
