/** One thing that is measured of several arms, in the same rounds. */
export interface ComparedTest<Bench, Measured> {
  readonly id: string;
  readonly title: string;
  readonly arms: readonly ComparedArm<Bench, Measured>[];
  /** Its arms are measured at the same time: where what is measured is mostly waiting. */
  readonly together?: boolean;
  /** Nothing varies from round to round: one is enough. */
  readonly once?: boolean;
}

export interface ComparedArm<Bench, Measured> {
  readonly id: string;
  readonly label: string;
  measure(bench: Bench): Promise<Measured>;
}

/** Which measurement a sample is of. */
export interface Measurement {
  readonly test: string;
  readonly arm: string;
  readonly round: number;
}
