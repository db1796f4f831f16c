/** On a request to a model's provider: the id of a response that is to be streamed again, in the place of what the request asks for. It goes no further. */
export const RESUME_HEADER = "agent-resume-response";

/** On a provider's answer: the response can be streamed again by its id. */
export const RESUMABLE_HEADER = "agent-resumable";
