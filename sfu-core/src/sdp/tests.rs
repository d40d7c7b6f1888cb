//! Texts of real browsers and libraries, read, answered and written.
