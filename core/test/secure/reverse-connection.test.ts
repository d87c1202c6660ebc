import { describe, expect, it } from 'vitest';
import {
  BindRequestVerifier,
  createBindRequest,
  verifyBindResponse,
} from '../../src/secure/reverse-connection.js';
import { concat, u8, utf8 } from '../../src/secure/bytes.js';
import { hmacSha512 } from '../../src/secure/kdf.js';
import type { SecurityContext } from '../../src/secure/security-context.js';
import { createPeers, expectFailure, shakeHands } from './peers.js';

const { guest, host } = shakeHands(createPeers(0));

function flipped(message: Uint8Array, index: number): Uint8Array {
  const changed = new Uint8Array(message);
  changed[index]! ^= 1 << (index % 8);
  return changed;
}

describe('the reverse connection', () => {
  it('is bound by the host and confirmed by the guest', () => {
    const request = createBindRequest(host);
    expect(request).toHaveLength(65);
    const answer = new BindRequestVerifier(guest).verify(Buffer.from(request));
    expect(answer).toHaveLength(33);
    verifyBindResponse(host, request, answer);
  });

  it('is bound once: a replay and a second request of the host are refused', () => {
    const verifier = new BindRequestVerifier(guest);
    const request = createBindRequest(host);
    verifier.verify(request);
    expectFailure(() => verifier.verify(request));
    expectFailure(() => verifier.verify(createBindRequest(host)));
  });

  it('cannot be forged: no byte can be changed, removed or added', () => {
    const verifier = new BindRequestVerifier(guest);
    const request = createBindRequest(host);
    for (let index = 0; index < request.length; index += 1) {
      expectFailure(() => verifier.verify(flipped(request, index)));
    }
    for (const length of [0, 1, 33, 64]) {
      expectFailure(() => verifier.verify(request.subarray(0, length)));
    }
    expectFailure(() => verifier.verify(concat(request, u8(0))));
    // A stranger who dials first does not keep the host out.
    verifyBindResponse(host, request, verifier.verify(request));
  });

  it('is refused after close', () => {
    const verifier = new BindRequestVerifier(guest);
    verifier.close();
    expectFailure(() => verifier.verify(createBindRequest(host)));
  });

  it('of a different session is refused', () => {
    const other = shakeHands(createPeers(0));
    expectFailure(() => new BindRequestVerifier(guest).verify(createBindRequest(other.host)));
    const mixed: Pick<SecurityContext, 'sessionId' | 'bindKey'> = {
      sessionId: guest.sessionId,
      bindKey: other.host.bindKey,
    };
    expectFailure(() => new BindRequestVerifier(guest).verify(createBindRequest(mixed)));
  });

  it('rejects a message of the opposite direction', () => {
    const request = createBindRequest(host);
    const answer = new BindRequestVerifier(guest).verify(request);
    expectFailure(() => new BindRequestVerifier(guest).verify(answer));
    expectFailure(() => verifyBindResponse(host, request, request));
    // a response built from the request's proof, and vice versa
    expectFailure(() => verifyBindResponse(host, request, concat(u8(7), request.subarray(33))));
    const nonce = request.subarray(17, 33);
    const label = utf8('roomkey/1 attach-ok');
    const mac = hmacSha512(guest.bindKey, label, guest.sessionId, nonce).subarray(0, 32);
    const asRequest = concat(u8(6), guest.sessionId, nonce, mac);
    expectFailure(() => new BindRequestVerifier(guest).verify(asRequest));
  });

  it('rejects a response that was changed or answers a different request', () => {
    const request = createBindRequest(host);
    const answer = new BindRequestVerifier(guest).verify(request);
    for (let index = 0; index < answer.length; index += 1) {
      expectFailure(() => verifyBindResponse(host, request, flipped(answer, index)));
    }
    expectFailure(() => verifyBindResponse(host, request, answer.subarray(0, 32)));
    expectFailure(() => verifyBindResponse(host, request, concat(answer, u8(0))));
    expectFailure(() => verifyBindResponse(host, createBindRequest(host), answer));
  });
});
