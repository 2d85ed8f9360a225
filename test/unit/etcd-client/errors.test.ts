import { describe, expect, it } from 'vitest';
import { EtcdRefused, errorOfConnection, errorOfStatus } from '../../../src/etcd-client/errors.ts';

const endpoint = 'https://10.0.0.7:2379';

describe('errorOfStatus', () => {
  it.each([
    [14, 'etcdserver: no leader', 'EtcdUnavailable'],
    [4, 'context deadline exceeded', 'EtcdUnavailable'],
    [7, 'etcdserver: permission denied', 'EtcdAccessDenied'],
    [16, 'etcdserver: invalid auth token', 'EtcdAccessDenied'],
    [9, 'etcdserver: can only promote a learner member which is in sync with leader', 'EtcdRefused'],
    [12, 'unknown method HashKV', 'EtcdRefused'],
  ])('makes of %i, %s: %s', (code, message, name) => {
    expect(errorOfStatus(code, message, endpoint)).toMatchObject({
      name,
      message: `etcd at ${endpoint}: ${message} (gRPC status ${code})`,
    });
  });

  it('says so when etcd gives no reason', () => {
    expect(errorOfStatus(13, '', endpoint).message).toBe(`etcd at ${endpoint}: no reason given (gRPC status 13)`);
  });
});

describe('errorOfConnection', () => {
  const withCode = (code: string) => Object.assign(new Error('x'), { code });

  it.each([
    ['ECONNREFUSED', 'EtcdUnavailable'],
    ['ERR_HTTP2_STREAM_ERROR', 'EtcdUnavailable'],
    ['CERT_HAS_EXPIRED', 'EtcdUntrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'EtcdUntrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'EtcdUntrusted'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'EtcdAccessDenied'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'EtcdAccessDenied'],
  ])('makes of %s: %s', (code, name) => {
    expect(errorOfConnection(withCode(code), endpoint)).toMatchObject({ name, message: expect.stringContaining(code) });
  });

  it('looks for the reason behind an error that only says that a stream was cancelled', () => {
    const cancelled = Object.assign(new Error('cancelled', { cause: withCode('ECONNRESET') }), {
      code: 'ERR_HTTP2_STREAM_CANCEL',
    });

    expect(errorOfConnection(cancelled, endpoint).message).toContain('ECONNRESET');
  });

  it('keeps an error that has a name already', () => {
    const refused = new EtcdRefused('no', 9);

    expect(errorOfConnection(refused, endpoint)).toBe(refused);
  });
});
