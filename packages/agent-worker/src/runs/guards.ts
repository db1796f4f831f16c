import { reportFault, reportMisconfiguration } from "../observability/observe.ts";
import { RequestError } from "../wire/errors.ts";

/** What fails here fails nothing else. */
export function told(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    report(error);
  }
}

/** What an author set wrong is named, and not only where it was found. */
function report(error: unknown): void {
  if (error instanceof RequestError && error.body.code === "misconfigured") reportMisconfiguration(error.message);
  else reportFault(error);
}

/** A run that is there goes on, whatever its author set wrong since. */
export function orDefault<Setting>(asked: () => Setting, byDefault: Setting): Setting {
  return orElse(asked, () => byDefault);
}

/** The same, of what is made only where it is needed. */
export function orElse<Given>(asked: () => Given, instead: (error: unknown) => Given): Given {
  try {
    return asked();
  } catch (error) {
    report(error);
    return instead(error);
  }
}
