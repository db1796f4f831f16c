/** The kinds of job that a pool can run: for each, what it is given and what it gives. */
export type JobMap = Readonly<Record<string, { readonly job: object; readonly result: unknown }>>;

/** A job of any kind of the map. */
export type JobOf<Jobs extends JobMap> = { [Kind in keyof Jobs & string]: Jobs[Kind]["job"] & { readonly kind: Kind } }[keyof Jobs &
  string];

/** What one kind of job gives. */
export type ResultOf<Jobs extends JobMap, Job extends JobOf<Jobs>> = Jobs[Job["kind"]]["result"];

/** How each kind is done. Each is pure: what a job gives depends on the job alone. */
export type JobHandlers<Jobs extends JobMap> = { readonly [Kind in keyof Jobs]: (job: Jobs[Kind]["job"]) => Jobs[Kind]["result"] };

/** What a worker thread answers to a job. */
export type Answer<Result> = { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly error: unknown };
