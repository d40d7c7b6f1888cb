use super::*;
use std::time::Instant;

fn local(protocol: Protocol, address: &str) -> LocalAddress {
    LocalAddress { protocol, address: address.parse().unwrap() }
}

#[expect(clippy::disallowed_methods, reason = "a test needs some moment to count from")]
fn worker(addresses: Vec<LocalAddress>) -> Result<Worker, WorkerError> {
    Worker::new(WorkerConfig { id: WorkerId(0), addresses }, Random::seeded(1), Instant::now())
}

#[test]
fn candidates_keep_their_order_and_udp_comes_first() {
    let addresses = vec![
        local(Protocol::Tcp, "192.0.2.1:7881"),
        local(Protocol::Udp, "192.0.2.1:7882"),
        local(Protocol::Udp, "127.0.0.1:7882"),
    ];
    let worker = worker(addresses).unwrap();
    let priorities: Vec<u32> = worker.facts().candidates.iter().map(|c| c.priority).collect();
    assert!(priorities[1] > priorities[2] && priorities[2] > priorities[0], "{priorities:?}");
    assert_eq!(worker.facts().fingerprint.bytes.len(), 32);
}

#[test]
fn a_worker_without_a_reachable_address_is_refused() {
    for addresses in [vec![], vec![local(Protocol::Udp, "0.0.0.0:7882")]] {
        assert!(matches!(worker(addresses), Err(WorkerError::Address)));
    }
}
