//! The kinds of problems that the admin API answers: one table, from which answers, their page and the document follow.

/// A kind of problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// No credentials, or wrong ones.
    Unauthorized,
    /// The admin API is off.
    Off,
    /// A browser sent it from another site's page.
    CrossOrigin,
    /// The request cannot be read, or says what cannot be.
    Invalid,
    /// No such path.
    NoSuchPath,
    /// Not with this method.
    Method,
    /// What is named does not exist.
    NotFound,
    /// It cannot be done in the present state.
    NotNow,
    /// It was changed in the meantime.
    Changed,
    /// A limit is reached.
    Limit,
    /// An idempotency key was used for something else.
    KeyReused,
    /// The first request with this idempotency key is still being done.
    KeyInUse,
    /// The server went down while the first request with this key was done.
    KeyInterrupted,
    /// The answer to the first request with this key is too long to be kept.
    AnswerNotKept,
    /// The engine profile lacks it.
    NotSupported,
    /// Not allowed.
    NotAllowed,
    /// The server cannot do it at the moment.
    Unavailable,
    /// A fault of the server's own.
    Internal,
}

/// What is said of a kind.
pub struct ProblemRow {
    /// Which.
    pub kind: ProblemKind,
    /// Its name in the page of problems.
    pub slug: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The same for each problem of the kind.
    pub title: &'static str,
    /// What to do about it.
    pub hint: &'static str,
}

const fn row(
    kind: ProblemKind,
    slug: &'static str,
    status: u16,
    title: &'static str,
    hint: &'static str,
) -> ProblemRow {
    ProblemRow { kind, slug, status, title, hint }
}

/// Every kind.
pub const PROBLEMS: [ProblemRow; 18] = [
    row(
        ProblemKind::Unauthorized,
        "unauthorized",
        401,
        "Credentials are needed",
        "Send `Authorization: Bearer` with the value of admin.token, or Basic with user admin and that password. In \
         development mode without admin.token: Basic with user OPENVIDUAPP and the OpenVidu secret.",
    ),
    row(
        ProblemKind::Off,
        "admin-api-off",
        404,
        "The admin API is off",
        "Set admin.token (VIADUCT_ADMIN_TOKEN) to a long random text and start the server again.",
    ),
    row(
        ProblemKind::CrossOrigin,
        "cross-origin",
        403,
        "Not from another site's page",
        "Call the admin API from a server or from a page that this server serves.",
    ),
    row(
        ProblemKind::Invalid,
        "invalid",
        400,
        "The request is not valid",
        "The detail says which part; /docs shows what each operation takes.",
    ),
    row(
        ProblemKind::NoSuchPath,
        "no-such-path",
        404,
        "No such resource",
        "/docs lists the resources of the admin API.",
    ),
    row(
        ProblemKind::Method,
        "method-not-allowed",
        405,
        "Not with this method",
        "The header Allow names the methods that this resource takes.",
    ),
    row(
        ProblemKind::NotFound,
        "not-found",
        404,
        "It does not exist",
        "It may have ended in the meantime: list the resources once more.",
    ),
    row(ProblemKind::NotNow, "conflict", 409, "Not in the present state", "Read the resource again, then decide."),
    row(
        ProblemKind::Changed,
        "changed",
        412,
        "It was changed in the meantime",
        "Read the resource again and repeat the request with its new ETag in If-Match.",
    ),
    row(ProblemKind::Limit, "limit-reached", 422, "A limit is reached", "The detail names the limit."),
    row(
        ProblemKind::KeyReused,
        "idempotency-key-reused",
        422,
        "The idempotency key was used for another request",
        "Take a new key for each new request; repeat one with its own key and the same body.",
    ),
    row(
        ProblemKind::KeyInUse,
        "idempotency-key-in-use",
        409,
        "The first request with this key is not done yet",
        "Repeat it after a moment.",
    ),
    row(
        ProblemKind::KeyInterrupted,
        "idempotency-key-interrupted",
        409,
        "The server went down while the first request with this key was done",
        "Nobody knows how far it came: look whether it was done, and take a new key if it is still to be.",
    ),
    row(
        ProblemKind::AnswerNotKept,
        "idempotency-answer-not-kept",
        409,
        "The first request with this key was done, and its answer is too long to be kept",
        "The detail says how it was answered; read the resource for what became of it.",
    ),
    row(
        ProblemKind::NotSupported,
        "not-supported",
        501,
        "The engine profile lacks this",
        "`code` names the feature; /capabilities shows what this server supports and what to take instead.",
    ),
    row(ProblemKind::NotAllowed, "not-allowed", 403, "Not allowed", "The detail says what stands against it."),
    row(
        ProblemKind::Unavailable,
        "unavailable",
        503,
        "The server cannot do this at the moment",
        "Repeat it after the time in Retry-After. /readyz says which part is not ready.",
    ),
    row(
        ProblemKind::Internal,
        "internal",
        500,
        "A fault of the server",
        "The server's log has more, under the same trace_id where there is one. Please report it.",
    ),
];

impl ProblemKind {
    /// What is said of it.
    pub fn row(self) -> &'static ProblemRow {
        // The last row stands for a kind without one; a test sees to it that there is none.
        PROBLEMS.iter().find(|row| row.kind == self).unwrap_or(&PROBLEMS[PROBLEMS.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_row_and_every_slug_is_used_once() {
        for row in &PROBLEMS {
            assert_eq!(row.kind.row().slug, row.slug);
        }
        let mut slugs: Vec<_> = PROBLEMS.iter().map(|row| row.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), PROBLEMS.len());
        assert_eq!(ProblemKind::Internal.row().status, 500);
    }
}
