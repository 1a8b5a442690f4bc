/** The roles that an account can have (decisions.md 12). */
export const roles = ['Administrator', 'Developer', 'User', 'Guest'] as const
export type Role = (typeof roles)[number]

/**
 * What each role holds, in Restcomm's strings `Domain:Action[,Action]:Target`, where `*` stands for
 * all. The targets are Restcomm's own list for its Developer, of which this server serves Accounts.
 */
const permissions: Readonly<Record<Role, readonly string[]>> = {
  Administrator: ['*:*:*'],
  Developer: [
    ...[
      'Accounts',
      'Applications',
      'Announcements',
      'Calls',
      'Clients',
      'Conferences',
      'IncomingPhoneNumbers',
      'OutgoingCallerIds',
      'ShortCodes',
      'OutboundProxies',
      'EmailMessages',
      'Usage',
      'Geolocation',
    ].map((target) => `RestComm:*:${target}`),
    'RestComm:Read:AvailablePhoneNumbers',
    'RestComm:Read:Notifications',
    'RestComm:Read:SmsMessages',
    'RestComm:Read:Transcriptions',
    'RestComm:Create,Delete,Read:Faxes',
    'RestComm:Delete,Read:Recordings',
    'RestComm:Read,Modify:SandBoxes',
  ],
  User: ['RestComm:Read:Accounts'],
  Guest: [],
}

/** Whether a text names a role; `SuperAdmin` is reserved and no role that can be given. */
export function isRole(text: string): text is Role {
  return roles.some((role) => role === text)
}

/** The roles that hold a permission such as `RestComm:Read:Accounts`. */
export function rolesHolding(wanted: string): ReadonlySet<string> {
  return new Set(roles.filter((role) => holdsPermission(role, wanted)))
}

/** Whether a role holds a permission; an unknown role holds none. */
export function holdsPermission(role: string, wanted: string): boolean {
  return isRole(role) && permissions[role].some((granted) => covers(granted, wanted))
}

/** Each part of the granted string must be `*` or list the part asked for; letter case is ignored. */
function covers(granted: string, wanted: string): boolean {
  const wantedParts = wanted.toLowerCase().split(':')
  return granted
    .toLowerCase()
    .split(':')
    .every((part, index) => part === '*' || part.split(',').includes(wantedParts[index] ?? ''))
}
