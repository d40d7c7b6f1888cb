// What a v2 app asks of the browser before there is a session: devices, permissions, and an SDK that is quiet when told so.
import assert from 'node:assert/strict';

export async function asksTheBrowser({ alice }) {
  const { console: lines } = alice.page;
  const make = () => alice.run((lab) => {
    new lab.sdk.OpenVidu().initSession();
  });
  const before = lines.length;
  await make();
  assert.ok(lines.length > before, 'the SDK tells what it does');
  await alice.run((lab) => new lab.sdk.OpenVidu().enableProdMode());
  const quiet = lines.length;
  await make();
  assert.deepEqual(lines.slice(quiet), [], 'lines in the console in production mode');
  await alice.run(async (lab) => {
    const openvidu = new lab.sdk.OpenVidu();
    lab.ok(openvidu.checkSystemRequirements(), 'the browser is good enough');
    lab.ok(openvidu.checkScreenSharingCapabilities(), 'the browser can share a screen');
    const devices = await openvidu.getDevices();
    ['videoinput', 'audioinput'].forEach((kind) => {
      lab.ok(devices.some((device) => device.kind === kind && device.deviceId), `a device of kind ${kind}`);
    });
    const media = await openvidu.getUserMedia({ audioSource: undefined, videoSource: undefined, resolution: '320x240', frameRate: 15 });
    const { width, height } = media.getVideoTracks()[0].getSettings();
    lab.equal([width, height, media.getAudioTracks().length], [320, 240, 1], 'size and sound of the own media');
    media.getTracks().forEach((track) => track.stop());
    const session = openvidu.initSession();
    lab.ok(session instanceof lab.sdk.Session, 'initSession gives a Session');
    lab.ok(session !== openvidu.initSession(), 'each call a new one');
  });
}

export async function asksForPermission({ alice }) {
  await alice.run(async (lab) => {
    const devices = navigator.mediaDevices;
    const openvidu = new lab.sdk.OpenVidu();
    openvidu.initSession();
    const properties = { resolution: '320x240', frameRate: 15, mirror: true };
    const told = [];
    const note = (publisher) => ['accessAllowed', 'accessDenied', 'accessDialogOpened', 'accessDialogClosed'].forEach((type) => (
      publisher.on(type, () => told.push(type))
    ));

    const startedAt = performance.now();
    const made = await new Promise((resolve, reject) => {
      const publisher = openvidu.initPublisher(lab.place(), properties, (error) => (error ? reject(error) : resolve(publisher)));
      note(publisher);
    });
    await lab.until('access is allowed', () => told.includes('accessAllowed'));
    // A slow machine's browser takes as long to answer as a user: to the SDK that is a dialog.
    const atOnce = performance.now() - startedAt < 1000;
    lab.ok(made.accessAllowed && told.at(-1) === 'accessAllowed' && (!atOnce || told.length === 1), `allowed: ${told}`);
    made.stream.getMediaStream().getTracks().forEach((track) => track.stop());

    told.length = 0;
    const refuse = async () => {
      throw new DOMException('Permission denied', 'NotAllowedError');
    };
    await lab.playing(devices, 'getUserMedia', refuse, async () => {
      const error = await new Promise((resolve) => {
        note(openvidu.initPublisher(undefined, properties, resolve));
      });
      lab.equal(error?.name, 'DEVICE_ACCESS_DENIED', 'what the handler is told');
      await lab.rejects(openvidu.initPublisherAsync(lab.place(), properties), { name: 'DEVICE_ACCESS_DENIED' }, 'initPublisherAsync');
    });
    lab.equal(told, ['accessDenied'], 'told when access is refused');

    // The SDK takes it that a dialog is open when the browser has not answered after 1.25 s (2.15) or 2 s.
    told.length = 0;
    let answer;
    const asked = new Promise((resolve) => {
      answer = resolve;
    });
    await lab.playing(devices, 'getUserMedia', async (original, ...given) => {
      await asked;
      return original(...given);
    }, async () => {
      const publisher = openvidu.initPublisher(lab.place(), properties);
      note(publisher);
      await lab.until('the dialog is open', () => told.includes('accessDialogOpened'), 5000);
      answer();
      await lab.until('access is allowed', () => told.includes('accessAllowed'));
      publisher.stream.getMediaStream().getTracks().forEach((track) => track.stop());
    });
    lab.equal([...told].sort(), ['accessAllowed', 'accessDialogClosed', 'accessDialogOpened'], 'told when a dialog was open');
  });
}
