import type { Dialect } from './dialect.ts'
import type { Operation, Parameter, Route } from './route.ts'

/** The OpenAPI 3.1 document of everything the dialects serve, made from their routes. */
export function describeApi(dialects: readonly Dialect[]): object {
  const paths: Record<string, Record<string, object>> = {}
  const schemas: Record<string, object> = {}
  for (const dialect of dialects) {
    for (const route of dialect.description.routes) {
      const path = describedPath(dialect, route)
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(dialect, route) }
    }
    for (const [name, schema] of Object.entries(dialect.description.schemas)) {
      schemas[schemaName(dialect, name)] = schema
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Strowger',
      version: '1',
      description:
        'One tree of accounts in the dialects of Restcomm, Twilio and Kazoo. In the Restcomm ' +
        'dialect `.json` may end any part of a path and asks for JSON; without it the Accept ' +
        'header decides between JSON and XML, and XML is the standard.',
    },
    servers: [{ url: '/' }, { url: '/restcomm', description: 'as Restcomm mounts its API' }],
    security: [{ basic: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'SID or e-mail of an account with its AuthToken or Password.',
        },
        session: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Auth-Token',
          description: 'The token of a session, as a login in the Kazoo dialect gives it.',
        },
      },
      schemas,
    },
  }
}

/** The path of a route as the document writes it: `/2012-04-24/Accounts/{id}`. */
export function describedPath(dialect: Dialect, route: Pick<Route<unknown>, 'path'>): string {
  return dialect.prefixes[0] + route.path.replace(/:(\w+)/g, '{$1}')
}

function operation(
  dialect: Dialect,
  { path, method, operation: described, again }: Route<unknown>,
): object {
  const refusals = [
    ...new Set([
      ...described.refusals,
      ...dialect.description.commonRefusals,
      ...(again === undefined ? [] : [422]),
    ]),
  ].sort()
  return {
    tags: [dialect.description.title],
    operationId: `${dialect.name}${method}${path.replace(/\W+/g, '_')}`,
    summary: described.summary,
    ...(described.description !== undefined && { description: described.description }),
    ...securityOf(dialect, described),
    parameters: [
      ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...(again === undefined ? [] : [idempotencyHeader]),
      ...(described.query ?? []).map((parameter) => ({
        name: parameter.name,
        in: 'query',
        required: parameter.required ?? false,
        description: parameter.description,
        schema: valueSchema(parameter),
      })),
    ],
    ...(described.form !== undefined && { requestBody: formBody(described.form) }),
    ...(described.json !== undefined && { requestBody: jsonBody(dialect, described.json) }),
    responses: {
      [String(described.answer.status ?? 200)]: answered(dialect, described),
      ...(method === 'GET' && dialect.description.hasRevisions === true && { 304: unchanged }),
      ...Object.fromEntries(
        refusals.map((status) => [
          String(status),
          { description: refusalText[status] ?? 'Refused', content: errorContent(dialect) },
        ]),
      ),
    },
  }
}

/** Where it is not Basic, which the document names for all. */
function securityOf({ description }: Dialect, { open }: Operation): object {
  if (open === true) {
    return { security: [] }
  }
  return description.hasSessions === true ? { security: [{ basic: [] }, { session: [] }] } : {}
}

const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    '1 to 255 visible ASCII characters. For 24 hours the same key with the same request does nothing ' +
    'more: it gives again, as it is now, what the first has made or changed, marked with ' +
    '`Idempotent-Replayed`.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const

const unchanged = { description: 'What If-None-Match names is still so' } as const

const refusalText: Readonly<Record<number, string>> = {
  400: 'A parameter is missing or invalid; the message names it',
  401: 'No credentials, or wrong ones',
  403: 'The caller is not active, or may not do this',
  404: 'There is no such thing in the reach of the caller',
  405: 'The root account cannot be deleted',
  406: 'Accept allows neither XML nor JSON',
  409: 'Taken already, in the way of others, or changed meanwhile',
  412: 'The organization is missing or unknown; If-Match names another revision',
  413: 'The body is too long',
  414: 'The URL is too long',
  415: 'The body is of another media type than is described',
  422: 'The Idempotency-Key was used before for another request',
  423: 'The credentials are right and the account is disabled',
  429: 'Too many failed logins or too many passwords at once; see Retry-After',
  503: 'The disk does not take changes at present; see Retry-After',
  507: 'The disk is full; reading still works',
}

function answered(dialect: Dialect, { answer }: Operation): object {
  if (answer.files !== undefined) {
    const text = { schema: { type: 'string' } }
    return {
      description: 'Done',
      content: Object.fromEntries(answer.files.map((type) => [type, text])),
    }
  }
  if (answer.schema === undefined) {
    return { description: 'Done' }
  }
  const one = reference(dialect, answer.schema)
  const schema = answer.list === true ? { type: 'array', items: one } : one
  return {
    description: 'Done',
    content: contentOf(dialect, schema),
  }
}

function errorContent(dialect: Dialect): object {
  return contentOf(dialect, reference(dialect, dialect.description.errorSchema))
}

/** The schema is of the JSON form; XML holds the same facts. */
function contentOf(dialect: Dialect, schema: object): object {
  return Object.fromEntries(
    dialect.description.mediaTypes.map((type) => [
      type,
      type === 'application/json' ? { schema } : {},
    ]),
  )
}

function formBody(form: readonly Parameter[]): object {
  const required = form.filter((parameter) => parameter.required).map(({ name }) => name)
  return {
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(
            form.map((parameter) => [
              parameter.name,
              { ...valueSchema(parameter), description: parameter.description },
            ]),
          ),
          ...(required.length > 0 && { required }),
        },
      },
    },
  }
}

function jsonBody({ description }: Dialect, name: string): object {
  return { content: { 'application/json': { schema: description.bodies?.[name] ?? {} } } }
}

function valueSchema({ values, maxLength }: Parameter): object {
  return {
    type: 'string',
    ...(values !== undefined && { enum: values }),
    ...(maxLength !== undefined && { maxLength }),
  }
}

function reference(dialect: Dialect, name: string): object {
  return { $ref: `#/components/schemas/${schemaName(dialect, name)}` }
}

function schemaName(dialect: Dialect, name: string): string {
  return `${dialect.description.title}${name}`
}
