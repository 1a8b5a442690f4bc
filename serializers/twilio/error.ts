/** An error as Twilio's SDKs read it: `code` and `status` are numbers, nothing may be missing (twilio.md 5). */
export function errorJson(code: number, message: string, moreInfo: string, status: number): object {
  return { code, message, more_info: moreInfo, status }
}
