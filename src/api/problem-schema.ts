import { type Static, Type } from 'typebox';

/** Reason phrases of RFC 9110 and RFC 6585. */
export const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** RFC 9457, with a machine-readable code and every fault of the input. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'JSON pointer (RFC 6901) into the request body, or /name of a parameter',
          }),
          code: Type.String(),
          message: Type.String(),
        }),
      ),
    ),
  },
  { title: 'Problem' },
);
export type Problem = Static<typeof Problem>;

/** The answers that every route can give besides its own. */
export const PROBLEMS = Object.fromEntries(
  [400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503].map((status) => [
    status,
    { description: TITLES[status] ?? 'Error', content: { 'application/problem+json': { schema: Problem } } },
  ]),
);
