//! A listening TCP socket, as every part of the server makes it: restarted at once on the same port, and IPv6 for IPv6
//! alone. Who accepts on it is the caller's.
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// Connections that the system holds until they are accepted.
const BACKLOG: i32 = 1024;

/// Listens on `address` (port 0: any free one); gives the port, too. The socket still blocks.
pub fn tcp(address: SocketAddr) -> io::Result<(TcpListener, u16)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}
