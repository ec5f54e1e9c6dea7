import type { Spec } from "./spec.ts";

/**
 * One part of a frame. `Out` is what reading gives, `In` what writing accepts (fields with a default may be left out there).
 * `undefined` in either means that the key may be missing.
 */
export interface Part<Out, In = Out> {
  readonly spec: Spec;
  /** For the compiler only; never there at run time. */
  readonly types?: { readonly out: Out; readonly in: In };
}

/** The value type of a part that has none. */
export interface Hidden {
  readonly hidden: unique symbol;
}

/** A part whose fields stand beside those of the record around it. */
export interface InlinePart<Out, In = Out> extends Part<Out, In> {
  readonly inline: true;
}

export type Fields = Readonly<Record<string, Part<unknown, unknown>>>;

export type OutOf<P> = P extends Part<infer Out, infer _> ? Out : never;
export type InOf<P> = P extends Part<infer _, infer In> ? In : never;

/** One object type instead of an intersection, so that errors and tooltips show plain fields. */
export type Flat<T> = { [K in keyof T]: T[K] };

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

type OwnKey<F, K extends keyof F> =
  F[K] extends InlinePart<unknown, unknown> ? never : OutOf<F[K]> extends Hidden ? never : K;
type Inlined<F, Side extends "out" | "in"> = Intersection<
  {
    [K in keyof F]: F[K] extends InlinePart<infer Out, infer In> ? (Side extends "out" ? Out : In) : never;
  }[keyof F]
>;

/** An object of values whose possibly missing ones are optional keys. */
export type Loose<T> = Flat<
  { -readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
    -readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
  }
>;

export type RecordOut<F extends Fields> = Flat<
  Loose<{ [K in keyof F as OwnKey<F, K>]: OutOf<F[K]> }> & Inlined<F, "out">
>;
export type RecordIn<F extends Fields> = Flat<Loose<{ [K in keyof F as OwnKey<F, K>]: InOf<F[K]> }> & Inlined<F, "in">>;
