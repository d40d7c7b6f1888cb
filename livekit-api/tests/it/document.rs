//! The OpenAPI document, the routes and the protocol say the same.
use crate::port::HallPort;
use crate::twirp::send;
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use livekit_api::SERVICES;
use livekit_protocol as proto;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::to_value(livekit_api::document()).unwrap()
}

/// Method and path of every operation, and the operation.
fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            found.push((method.to_uppercase().parse().unwrap(), path.clone(), operation.clone()));
        }
    }
    found
}

#[actix_web::test]
async fn every_documented_operation_is_there() {
    let port = HallPort::new();
    for (method, path, _) in operations(&document()) {
        let request = TestRequest::default()
            .method(method.clone())
            .uri(&path.replace(['{', '}'], ""))
            .insert_header(("Content-Type", "application/json"))
            .set_payload("{}");
        let status = send(&port, request).await.status;
        let expected = match method {
            Method::OPTIONS => StatusCode::OK,
            Method::GET if path.starts_with("/whip") => StatusCode::NO_CONTENT,
            _ => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(status, expected, "{method} {path} without a token");
    }
}

#[test]
fn every_method_of_the_api_is_documented_and_nothing_else_is() {
    let documented: BTreeSet<String> = operations(&document()).into_iter().map(|(_, path, _)| path).collect();
    let mut served: BTreeSet<String> = SERVICES
        .iter()
        .flat_map(|(service, methods)| methods.iter().map(move |method| format!("/twirp/{service}/{method}")))
        .collect();
    served.extend(
        ["/rtc/validate", "/rtc/v1/validate", "/whip", "/whip/v1", "/whip/v1/{participant}"].map(str::to_owned),
    );
    assert_eq!(documented, served);
}

#[test]
fn every_operation_says_what_it_takes_gives_and_refuses() {
    let document = document();
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations.iter().filter_map(|(_, _, one)| one["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations.len(), "generated clients name their methods so");
    for (method, path, operation) in &operations {
        let what = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{what}: summary");
        let responses = operation["responses"].as_object().unwrap();
        let has = |status: &str| responses.contains_key(status);
        if path.starts_with("/twirp/") {
            let json = operation.pointer("/requestBody/content/application~1json").unwrap();
            assert!(json["example"].is_object() && json["schema"]["$ref"].is_string(), "{what}");
            assert!(has("401") && has("413") && (has("200") || has("501")), "{what}: {:?}", responses.keys());
        }
        assert!(operation["security"][0]["accessToken"].is_array() || has("204") || has("200"), "{what}: security");
    }
}

/// The fields of a message in protobuf's spelling, as its reader of JSON knows them.
fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
    struct Spy<'a>(&'a mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Spy<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            Err(serde::de::Error::custom("seen"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("no message"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut seen: &'static [&'static str] = &[];
    assert!(T::deserialize(Spy(&mut seen)).is_err());
    let plain = seen.iter().filter(|name| !name.contains(|letter: char| letter.is_ascii_uppercase()));
    plain.map(|name| (*name).to_owned()).collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// The properties of a schema of the document are the fields of the message.
fn same_fields<T: DeserializeOwned>(document: &Value, schema: &str) {
    let properties = &document["components"]["schemas"][schema]["properties"];
    let documented = if properties.is_null() { BTreeSet::new() } else { keys(properties) };
    assert_eq!(documented, fields::<T>(), "{schema}");
}

#[test]
fn schemas_have_the_fields_of_the_protocol() {
    let document = document();
    let mut checked = 0;
    macro_rules! check {
        ($($message:ident),*) => {
            $(same_fields::<proto::$message>(&document, stringify!($message)); checked += 1;)*
        };
    }
    check!(
        CreateRoomRequest,
        ListRoomsRequest,
        DeleteRoomRequest,
        ListParticipantsRequest,
        RoomParticipantIdentity,
        MuteRoomTrackRequest,
        UpdateParticipantRequest,
        UpdateSubscriptionsRequest,
        SendDataRequest,
        UpdateRoomMetadataRequest,
        ForwardParticipantRequest,
        MoveParticipantRequest,
        PerformRpcRequest,
        Room,
        ListRoomsResponse,
        ListParticipantsResponse,
        ParticipantInfo,
        MuteRoomTrackResponse,
        DeleteRoomResponse,
        RemoveParticipantResponse,
        UpdateSubscriptionsResponse,
        MoveParticipantResponse,
        SendDataResponse,
        PerformRpcResponse
    );
    let schemas = document["components"]["schemas"].as_object().unwrap().len();
    assert_eq!(schemas, checked + 3, "beside them: the error, WHIP's error, any request");
}

#[test]
fn examples_of_requests_are_requests() {
    let document = document();
    let example = |method: &str| {
        let path =
            format!("/paths/~1twirp~1livekit.RoomService~1{method}/post/requestBody/content/application~1json/example");
        document.pointer(&path).unwrap().clone()
    };
    let room: proto::CreateRoomRequest = serde_json::from_value(example("CreateRoom")).unwrap();
    assert_eq!((room.empty_timeout, room.agents[0].agent_name.as_str()), (300, "notes"));
    let update: proto::UpdateParticipantRequest = serde_json::from_value(example("UpdateParticipant")).unwrap();
    assert!(update.permission.unwrap().can_publish && update.attributes["seat"] == "3");
    let data: proto::SendDataRequest = serde_json::from_value(example("SendData")).unwrap();
    assert_eq!((data.data.as_slice(), data.nonce.len()), (b"hello".as_slice(), 16));
    let out: proto::RoomParticipantIdentity = serde_json::from_value(example("RemoveParticipant")).unwrap();
    assert_eq!(out.revoke_token_ts, 1_795_618_500);
    let wishes: proto::UpdateSubscriptionsRequest = serde_json::from_value(example("UpdateSubscriptions")).unwrap();
    assert_eq!(wishes.participant_tracks[0].track_sids.len(), 1);
    let call: proto::PerformRpcRequest = serde_json::from_value(example("PerformRpc")).unwrap();
    assert_eq!(call.response_timeout_ms, 5_000);
}
