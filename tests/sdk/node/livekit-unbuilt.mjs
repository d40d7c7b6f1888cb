// Services that are refused or not built, as a backend in Node sees them: every public method of their clients.
import {
  AgentDispatchClient, ConnectorClient, DirectFileOutput, EgressClient, EncodedFileOutput, RoomServiceClient, SIPDispatchRuleInfo,
  SIPInboundTrunkInfo, SIPOutboundTrunkInfo, SipClient, StartEgressRequest,
} from 'livekit-server-sdk';
import { refusedAs } from './livekit.mjs';

export function unbuiltStory(url, key, secret) {
  const room = 'node-unbuilt';
  const rooms = new RoomServiceClient(url, key, secret);
  const egress = new EgressClient(url, key, secret);
  const sip = new SipClient(url, key, secret);
  const agents = new AgentDispatchClient(url, key, secret);
  const connector = new ConnectorClient(url, key, secret);
  const file = new EncodedFileOutput({ filepath: 'out.mp4' });
  const calls = {
    egress: ['VIA-0201', {
      startRoomCompositeEgress: () => egress.startRoomCompositeEgress(room, { file }),
      startWebEgress: () => egress.startWebEgress('https://a.example', { file }),
      startParticipantEgress: () => egress.startParticipantEgress(room, 'anna', { file }),
      startTrackCompositeEgress: () => egress.startTrackCompositeEgress(room, { file }, { audioTrackId: 'TR_a' }),
      startTrackEgress: () => egress.startTrackEgress(room, new DirectFileOutput({ filepath: 'out.ogg' }), 'TR_a'),
      startEgress: () => egress.startEgress(new StartEgressRequest({ roomName: room })),
      updateLayout: () => egress.updateLayout('EG_a', 'grid'),
      updateStream: () => egress.updateStream('EG_a', ['rtmp://a.example/x']),
      listEgress: () => egress.listEgress({ roomName: room }),
      stopEgress: () => egress.stopEgress('EG_a'),
    }],
    sip: ['VIA-0202', {
      createSipTrunk: () => sip.createSipTrunk('+1', { name: 't' }),
      createSipInboundTrunk: () => sip.createSipInboundTrunk('in', ['+1']),
      createSipOutboundTrunk: () => sip.createSipOutboundTrunk('out', 'sip.example', ['+1']),
      listSipTrunk: () => sip.listSipTrunk(),
      listSipInboundTrunk: () => sip.listSipInboundTrunk(),
      listSipOutboundTrunk: () => sip.listSipOutboundTrunk(),
      deleteSipTrunk: () => sip.deleteSipTrunk('ST_a'),
      createSipDispatchRule: () => sip.createSipDispatchRule({ type: 'direct', roomName: room }),
      updateSipDispatchRule: () => sip.updateSipDispatchRule('SDR_a', new SIPDispatchRuleInfo({ name: 'r' })),
      updateSipDispatchRuleFields: () => sip.updateSipDispatchRuleFields('SDR_a', { name: 'r' }),
      updateSipInboundTrunk: () => sip.updateSipInboundTrunk('ST_a', new SIPInboundTrunkInfo({ name: 't' })),
      updateSipInboundTrunkFields: () => sip.updateSipInboundTrunkFields('ST_a', { name: 't' }),
      updateSipOutboundTrunk: () => sip.updateSipOutboundTrunk('ST_a', new SIPOutboundTrunkInfo({ name: 't' })),
      updateSipOutboundTrunkFields: () => sip.updateSipOutboundTrunkFields('ST_a', { name: 't' }),
      listSipDispatchRule: () => sip.listSipDispatchRule(),
      deleteSipDispatchRule: () => sip.deleteSipDispatchRule('SDR_a'),
      createSipParticipant: () => sip.createSipParticipant('ST_a', '+1', room),
      transferSipParticipant: () => sip.transferSipParticipant(room, 'anna', 'tel:+1'),
    }],
    'agent dispatch': ['VIA-0203', {
      createDispatch: () => agents.createDispatch(room, 'a'),
      deleteDispatch: () => agents.deleteDispatch('AD_a', room),
      getDispatch: () => agents.getDispatch('AD_a', room),
      listDispatch: () => agents.listDispatch(room),
    }],
    connector: ['VIA-0204', {
      dialWhatsAppCall: () => connector.dialWhatsAppCall({ whatsappPhoneNumberId: '1', whatsappToPhoneNumber: '2', whatsappApiKey: 'k', whatsappCloudApiVersion: '23.0' }),
      connectTwilioCall: () => connector.connectTwilioCall({ twilioCallDirection: 0, roomName: room }),
    }],
  };
  const steps = [['a room is there', () => rooms.createRoom({ name: room })]];
  for (const [what, [code, methods]] of Object.entries(calls)) {
    for (const [name, call] of Object.entries(methods)) {
      steps.push([`${what}: ${name} is refused`, () => refusedAs(call(), 501, 'unimplemented', code)]);
    }
  }
  steps.push(['the room is deleted', () => rooms.deleteRoom(room)]);
  return { steps };
}
