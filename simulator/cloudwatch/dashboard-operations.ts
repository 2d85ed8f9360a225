import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { type Access, AwsError, type CallContext, type Operations } from '../cloud/service.ts';

/** Dashboards, kept as they were put. */
export function dashboardOperations(): Operations<typeof cloudwatch> {
  const dashboards = new Map<string, { readonly body: string; readonly changedAt: Date }>();
  const arn = (name: string, { account }: CallContext): string => `arn:aws:cloudwatch::${account}:dashboard/${name}`;
  return {
    PutDashboard: {
      access: ({ DashboardName = '' }, { account }) => [onDashboard('PutDashboard', DashboardName, account)],
      run: ({ DashboardName = '', DashboardBody = '' }, call) => {
        dashboards.set(DashboardName, { body: checked(DashboardBody), changedAt: call.world.date() });
        return { DashboardValidationMessages: [] };
      },
    },
    GetDashboard: {
      run: ({ DashboardName = '' }, call) => {
        const found = dashboards.get(DashboardName);
        if (!found)
          throw new AwsError('ResourceNotFound', `Dashboard ${DashboardName} does not exist`, { status: 404 });
        return { DashboardArn: arn(DashboardName, call), DashboardName, DashboardBody: found.body };
      },
    },
    ListDashboards: {
      run: ({ DashboardNamePrefix = '' }, call) => ({
        DashboardEntries: [...dashboards]
          .filter(([name]) => name.startsWith(DashboardNamePrefix))
          .map(([DashboardName, { body, changedAt }]) => ({
            DashboardName,
            DashboardArn: arn(DashboardName, call),
            LastModified: changedAt,
            Size: Buffer.byteLength(body),
          })),
      }),
    },
    DeleteDashboards: {
      access: ({ DashboardNames = [] }, { account }) =>
        DashboardNames.map((name) => onDashboard('DeleteDashboards', name, account)),
      run: ({ DashboardNames = [] }) => {
        for (const name of DashboardNames) dashboards.delete(name);
        return {};
      },
    },
  };
}

function checked(body: string): string {
  try {
    JSON.parse(body);
    return body;
  } catch {
    throw new AwsError('InvalidParameterInput', 'The field DashboardBody must be a valid JSON object', { status: 400 });
  }
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
function onDashboard(action: string, name: string, account: string): Access {
  return { action: `cloudwatch:${action}`, resource: `arn:aws:cloudwatch::${account}:dashboard/${name}` };
}
