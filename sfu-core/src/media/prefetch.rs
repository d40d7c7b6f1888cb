//! Tells the processor what will be needed soon, so that it comes from memory while something else is worked on.
//!
//! With many receivers what a packet touches is out of the caches when the packet comes, and waiting for it costs more
//! than the work itself. Whoever goes through a list asks for the next entries here. Only a hint: nothing is read.

/// Bytes that a processor fetches at once.
#[cfg(target_arch = "x86_64")]
const LINE_BYTES: usize = 64;

/// All of `value` will be needed soon; what it points to is not looked at.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the processor's hint has no safe form")]
pub(super) fn prefetch<T: ?Sized>(value: &T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let bytes = size_of_val(value);
    let first = std::ptr::from_ref(value).cast::<i8>();
    for offset in (0..bytes).step_by(LINE_BYTES) {
        // SAFETY: the address lies within `value`; the hint reads nothing and cannot fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.add(offset)) };
    }
}

/// All of `value` will be needed soon; this processor finds out by itself.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const fn prefetch<T: ?Sized>(_value: &T) {}
