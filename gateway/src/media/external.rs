//! Under which address this machine is seen from outside: asked of a STUN server (RFC 8489), once, before media starts.
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};
use turn_server_proto::types::stun::attribute::XorMappedAddress;
use turn_server_proto::types::stun::message::{BINDING, Message, MessageWriteVec};
use turn_server_proto::types::stun::prelude::MessageWrite;

/// How long one answer is waited for.
const ANSWER_MAX: Duration = Duration::from_millis(500);
/// How often one server is asked.
const TRIES: usize = 3;

/// The address, as the first of `servers` that answers says. Blocks for up to 1.5 s for each server.
pub fn external_ip(servers: &[String]) -> Option<IpAddr> {
    servers.iter().find_map(|server| match ask(server) {
        Ok(ip) => Some(ip),
        Err(error) => {
            tracing::warn!(%server, %error, "a STUN server does not say the external address");
            None
        }
    })
}

fn ask(server: &str) -> io::Result<IpAddr> {
    let with_port = if server.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        server.to_owned()
    } else {
        format!("{server}:3478")
    };
    let server = with_port.to_socket_addrs()?.find(SocketAddr::is_ipv4).ok_or(io::ErrorKind::NotFound)?;
    let socket = UdpSocket::bind(("0.0.0.0", 0))?;
    socket.connect(server)?;
    let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
    let transaction = Message::from_bytes(&request).map_err(io::Error::other)?.transaction_id();
    let mut buffer = [0; 1_024];
    for _ in 0..TRIES {
        socket.send(&request)?;
        let until = Instant::now() + ANSWER_MAX;
        while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            socket.set_read_timeout(Some(rest))?;
            let Ok(read) = socket.recv(&mut buffer) else { break };
            let answer = buffer.get(..read).and_then(|bytes| Message::from_bytes(bytes).ok());
            let answer = answer.filter(|answer| answer.is_response() && answer.transaction_id() == transaction);
            if let Some(mapped) =
                answer.and_then(|answer| answer.attribute::<XorMappedAddress>().ok().map(|a| a.addr(transaction)))
            {
                return Ok(mapped.ip());
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use turn_server_proto::types::stun::prelude::MessageWriteExt;

    #[test]
    fn the_first_server_that_answers_says_the_address() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap().to_string();
        let answering = std::thread::spawn(move || {
            let mut buffer = [0; 1_024];
            let (read, client) = server.recv_from(&mut buffer).unwrap();
            let request = Message::from_bytes(&buffer[..read]).unwrap();
            server.send_to(b"noise", client).unwrap();
            let mut answer = Message::builder_success(&request, MessageWriteVec::new());
            let seen = "198.51.100.4:9".parse().unwrap();
            answer.add_attribute(&XorMappedAddress::new(seen, request.transaction_id())).unwrap();
            server.send_to(&answer.finish(), client).unwrap();
        });
        let servers = ["no such host:1".to_owned(), address];
        assert_eq!(external_ip(&servers), Some("198.51.100.4".parse().unwrap()));
        answering.join().unwrap();
        assert_eq!(external_ip(&[]), None);
    }
}
