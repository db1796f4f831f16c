/** One thing that is measured of several arms, in the same rounds. */
export interface MeasuredTest<Bench, Measured> {
  readonly id: string;
  readonly title: string;
  readonly arms: readonly MeasuredArm<Bench, Measured>[];
  /** Its arms are measured at the same time: where what is measured is mostly waiting. */
  readonly together?: boolean;
  /** Nothing varies from round to round: one is enough. */
  readonly once?: boolean;
}

export interface MeasuredArm<Bench, Measured> {
  readonly id: string;
  readonly label: string;
  measure(bench: Bench): Promise<Measured>;
}

/** Which measurement a sample is of. */
export interface SampleKey {
  readonly test: string;
  readonly arm: string;
  readonly round: number;
}
