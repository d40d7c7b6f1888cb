//! Negotiation, step by step.
