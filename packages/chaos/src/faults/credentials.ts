import { param, type Fault } from "./fault.ts";

export const credentials: Fault = {
  kind: "credentials",
  says: "credentials end in the middle of an answer, and fresh ones are made for the next try",
  when: "first",
  params: (dice) => ({ ms: dice.whole(1_500, 2_200) }),
  strike({ shortenCredentials, credentialsEnded }, params) {
    shortenCredentials(param(params, "ms"));
    return credentialsEnded;
  },
};
