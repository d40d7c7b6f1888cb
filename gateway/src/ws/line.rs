//! The TCP connection behind a WebSocket, for its end alone.
//!
//! RFC 6455 section 7.1.1: once both sides have said that they close, it is the server that ends the connection, and clients
//! wait for that. The web server would first wait a while for the client, as it does behind any request that it has not read
//! to its end; [`Line::hear_no_more`] spares both that.
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use std::any::Any;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

/// A second handle of a client's connection.
#[derive(Debug)]
pub struct Line {
    fd: OwnedFd,
    /// Under TLS an end that is not announced is an error to the web server, which then sends nothing more.
    is_tls: bool,
}

impl Line {
    /// Keeps a handle of a connection that was just accepted, where its requests find it.
    pub fn keep(io: &dyn Any, extensions: &mut Extensions) {
        let plain = io.downcast_ref::<TcpStream>();
        let tls = io.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
        if let Some(line) = plain.or(tls).and_then(|stream| Self::of(stream, tls.is_some())) {
            extensions.insert(Rc::new(line));
        }
    }

    /// Another handle of a connection, which may have TLS on it.
    fn of(stream: &TcpStream, is_tls: bool) -> Option<Self> {
        stream.as_fd().try_clone_to_owned().ok().map(|fd| Self { fd, is_tls })
    }

    /// Everything that the client had to say has been read. `all_sent`: it has got all that was sent to it, too.
    pub(super) fn hear_no_more(&self, all_sent: bool) {
        if all_sent || !self.is_tls {
            // A connection that is gone already needs no end.
            let _ = SockRef::from(&self.fd).shutdown(Shutdown::Read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const LIMIT: Duration = Duration::from_secs(5);

    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener.accept().await.unwrap().0, client)
    }

    #[tokio::test]
    async fn who_hears_no_more_is_told_the_end_and_can_still_speak() {
        let (mut server, mut client) = connection().await;
        let line = Line::of(&server, false).unwrap();
        let mut buffer = [0; 8];
        line.hear_no_more(false);
        assert_eq!(tokio::time::timeout(LIMIT, server.read(&mut buffer)).await.unwrap().unwrap(), 0);
        server.write_all(b"last").await.unwrap();
        drop((server, line));
        let mut heard = Vec::new();
        tokio::time::timeout(LIMIT, client.read_to_end(&mut heard)).await.unwrap().unwrap();
        assert_eq!(heard, b"last");
    }

    #[tokio::test]
    async fn under_tls_it_is_heard_on_until_all_is_sent() {
        let (mut server, mut client) = connection().await;
        let line = Line::of(&server, true).unwrap();
        let mut buffer = [0; 8];
        line.hear_no_more(false);
        client.write_all(b"more").await.unwrap();
        assert_eq!(tokio::time::timeout(LIMIT, server.read(&mut buffer)).await.unwrap().unwrap(), 4);
        line.hear_no_more(true);
        assert_eq!(tokio::time::timeout(LIMIT, server.read(&mut buffer)).await.unwrap().unwrap(), 0);
    }
}
