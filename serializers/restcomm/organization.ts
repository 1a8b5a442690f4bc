import type { Organization } from '../../lib/organizations.ts'
import type { XmlContent } from '../xml.ts'
import { dateText, type Face } from './face.ts'

export function organizationXml(organization: Organization, face: Face): XmlContent {
  return {
    Sid: organization.sid,
    DomainName: organization.domainName,
    Status: organization.status,
    DateCreated: dateText(organization.createdAt, face),
    DateUpdated: dateText(organization.updatedAt, face),
  }
}

export function organizationJson(organization: Organization, face: Face): object {
  return {
    sid: organization.sid,
    domain_name: organization.domainName,
    status: organization.status,
    date_created: dateText(organization.createdAt, face),
    date_updated: dateText(organization.updatedAt, face),
  }
}
