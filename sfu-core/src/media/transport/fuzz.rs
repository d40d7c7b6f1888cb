//! The filter and the gatherer in front of DTLS, as one association runs them; for fuzz targets only.
use super::clienthello::{ClientHello, Gathered};
use super::dtls_filter::DtlsFilter;

/// Gives datagrams to a fresh association's filter and gatherer, and to one whose handshake is done.
///
/// # Panics
/// Where a record is put together that is longer than what came.
pub fn dtls(datagrams: &[Vec<u8>]) {
    let (mut early, mut late, mut hello) = (DtlsFilter::default(), DtlsFilter::default(), ClientHello::default());
    late.handshake_done();
    let mut taken = 0;
    for datagram in datagrams {
        late.passes(datagram);
        if early.passes(datagram) {
            taken += datagram.len();
            match hello.handle_datagram(datagram) {
                Gathered::AsItIs | Gathered::Incomplete => {}
                Gathered::Whole(record) => assert!(record.len() <= taken, "more than came"),
            }
        }
    }
}
