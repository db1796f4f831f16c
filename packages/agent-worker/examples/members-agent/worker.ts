import {
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Access,
  type Generation,
  type Grant,
  type ModelEnv,
} from "@agent-transports/agent-worker";
import { errors, jwtVerify } from "jose";

interface Env extends ModelEnv {
  readonly MembersAgent: DurableObjectNamespace<MembersAgent>;
  /** With which your sign-in signs its tokens. */
  readonly SESSION_SECRET: string;
  readonly TICKET_SECRET: string;
}

export class MembersAgent extends RunAgent<Env> {
  override generate(generation: Generation) {
    return generateWith(createModel(this.env), generation, { instructions: "You know the member you speak with." });
  }

  override limits() {
    return { liveRuns: 3, promptBytes: 20_000 };
  }
}

/** Who may do what: a member may use the agent of their own name, until their session ends. */
async function authorize({ token, agent }: Access, env: Env): Promise<Grant | undefined> {
  if (token === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(env.SESSION_SECRET), { requiredClaims: ["sub", "exp"] });
    if (payload.sub !== agent) return undefined;
    return { subject: agent, rights: ["start", "read", "list", "input", "cancel"], expiresAt: (payload.exp ?? 0) * 1000 };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined; // Forged, or over.
    throw error;
  }
}

export default {
  fetch: (request, env) =>
    routeRequest(request, env, env.MembersAgent, {
      agent: "members-agent",
      authorize: (access) => authorize(access, env),
      tickets: { secret: env.TICKET_SECRET },
    }),
} satisfies ExportedHandler<Env>;
