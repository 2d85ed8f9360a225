import type { SchemaRef } from '@smithy/types';
import { AwsError } from '../cloud/service.ts';
import { type Codec, type DecodedCall, statusOf, toText } from './codec.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { readForm } from './query-form.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';
import { errorElement, membersOf, structure, xmlDocument } from './xml.ts';

/** The form of a query request: the body's, and what the URL carries (presigned requests are GETs). */
export function formOf(request: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(request.path.split('?')[1] ?? '');
  if (request.method === 'POST') {
    for (const [key, value] of new URLSearchParams(toText(request.body))) form.set(key, value);
  }
  return form;
}

/** The server's side of awsQuery and ec2Query: a form comes in, XML goes out. */
export function queryCodec(model: ServiceModel): Codec {
  const ec2 = model.protocol === 'ec2Query';
  return {
    decode: async (request) => decodeForm(model, formOf(request), ec2),
    encode: (operation, output, requestId) =>
      xmlResponse(
        200,
        requestId,
        ec2 ? ec2Result(model, operation, output, requestId) : queryResult(model, operation, output, requestId),
      ),
    encodeError: (error, requestId) =>
      xmlResponse(
        statusOf(model, error),
        requestId,
        ec2 ? ec2Error(model, error, requestId) : queryError(model, error, requestId),
      ),
  };
}

function decodeForm(model: ServiceModel, form: URLSearchParams, ec2: boolean): DecodedCall {
  const action = form.get('Action');
  if (!action) throw new AwsError('MissingAction', 'No action was supplied with this request', { status: 400 });
  const operation = model.operation(action);
  if (!operation) {
    const message = `The action ${action} is not valid for this web service.`;
    throw new AwsError('InvalidAction', message, { status: 400 });
  }
  return { operation: action, input: readForm(operation.input, form, ec2) };
}

function queryResult(model: ServiceModel, operation: OperationModel, output: unknown, requestId: string): Uint8Array {
  const result = `${operation.name}Result`;
  const metadata = structure('ResponseMetadata', [['RequestId', 0]]);
  const members: (readonly [string, SchemaRef])[] = [
    [result, structure(result, membersOf(operation.output))],
    ['ResponseMetadata', metadata],
  ];
  const document = structure(
    `${operation.name}Response`,
    membersOf(operation.output).length > 0 ? members : members.slice(1),
  );
  return xmlDocument(
    document,
    { [result]: output ?? {}, ResponseMetadata: { RequestId: requestId } },
    model.xmlNamespace,
  );
}

function ec2Result(model: ServiceModel, operation: OperationModel, output: unknown, requestId: string): Uint8Array {
  const members = membersOf(operation.output);
  // Operations without a result answer <return>true</return>.
  const body: (readonly [string, SchemaRef])[] = members.length > 0 ? members : [['return', 2]];
  const document = structure(`${operation.name}Response`, [['requestId', 0], ...body]);
  return xmlDocument(
    document,
    { return: true, ...(output as object | undefined), requestId },
    `${model.xmlNamespace}/`,
  );
}

function queryError(model: ServiceModel, error: AwsError, requestId: string): Uint8Array {
  const type = statusOf(model, error) < 500 ? 'Sender' : 'Receiver';
  const { schema, value } = errorElement(model, error, { withType: type });
  const document = structure('ErrorResponse', [
    ['Error', schema],
    ['RequestId', 0],
  ]);
  return xmlDocument(document, { Error: value, RequestId: requestId }, model.xmlNamespace);
}

function ec2Error(model: ServiceModel, error: AwsError, requestId: string): Uint8Array {
  const { schema, value } = errorElement(model, error);
  const document = structure('Response', [
    ['Errors', structure('Errors', [['Error', schema]])],
    ['RequestID', 0],
  ]);
  return xmlDocument(document, { Errors: { Error: value }, RequestID: requestId }, '');
}

function xmlResponse(status: number, requestId: string, body: Uint8Array): HttpResponse {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId }, body };
}
