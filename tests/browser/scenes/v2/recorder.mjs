// LocalRecorder: a stream is recorded in the browser, looked at, saved and sent to the app's own backend.
import assert from 'node:assert/strict';

/** Records the stream that alice is subscribed to. */
export async function recordsLocally({ alice, pages }) {
  pages.uploads.length = 0;
  const blob = await alice.run(async (lab) => {
    const { alice } = lab.actors;
    const { stream } = alice.subscriber;
    const recorder = alice.openvidu.initLocalRecorder(stream);
    const states = [recorder.state];
    const note = () => states.push(recorder.state);
    const someMedia = async () => {
      for (let times = 0; times < 3; times += 1) {
        await alice.receives(stream, { audio: true });
      }
    };
    await lab.rejects(recorder.stop(), {}, 'stop before record');
    await recorder.record();
    note();
    await someMedia();
    // In 2.15 these two promises never end.
    recorder.pause();
    note();
    recorder.resume();
    note();
    await someMedia();
    await recorder.stop();
    note();
    lab.equal(states, ['READY', 'RECORDING', 'PAUSED', 'RECORDING', 'FINISHED'], 'states');
    const blob = recorder.getBlob();
    lab.ok(blob.type.startsWith('video/webm') && blob.size > 1000, `a file: ${blob.type}, ${blob.size} bytes`);
    const video = recorder.preview(lab.place());
    await lab.until('the recording plays', () => video.videoWidth > 0 && video.readyState >= 2);

    let saved = null;
    const click = (event) => {
      saved = { name: event.target.download, href: event.target.href };
      event.preventDefault();
    };
    document.addEventListener('click', click, { once: true });
    recorder.download();
    lab.ok(saved?.name.endsWith('.webm') && saved.href.startsWith('blob:'), `what is saved: ${JSON.stringify(saved)}`);

    const told = await recorder.uploadAsBinary(`${location.origin}/binary`, { 'x-app': 'mine' });
    lab.equal(told, `kept ${blob.size}`, 'answer to the upload');
    await recorder.uploadAsMultipartfile(`${location.origin}/multipart`, { 'x-app': 'mine' });
    recorder.clean();
    lab.equal(recorder.state, 'READY', 'state after clean');
    let refused = false;
    try {
      recorder.getBlob();
    } catch {
      refused = true;
    }
    lab.ok(refused, 'no file after clean');
    return { size: blob.size };
  });
  const [binary, multipart] = pages.uploads;
  assert.deepEqual([binary.path, binary.body.length, binary.headers['x-app']], ['/binary', blob.size, 'mine']);
  // EBML, the first bytes of every WebM file.
  assert.equal(binary.body.subarray(0, 4).toString('hex'), '1a45dfa3');
  assert.match(multipart.headers['content-type'], /^multipart\/form-data/);
  assert.equal(multipart.headers['x-app'], 'mine');
  assert.ok(multipart.body.length > blob.size && multipart.body.includes('name="file"; filename='), 'the file in its form');
}
