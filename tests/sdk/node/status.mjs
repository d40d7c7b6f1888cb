/** What an SDK's call was refused with: openvidu-node-client gives the HTTP status as the error's message. */
export async function statusOf(promise) {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error.message;
  }
}
