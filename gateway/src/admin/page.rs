//! Long lists in pages: `limit` and an opaque `cursor`, which stays good while things come and go.
use super::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 500;

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Most items of a page; 50 where it is absent.
    #[param(minimum = 1, maximum = 500, example = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// A page.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items, in the list's order.
    items: Vec<T>,
    /// Where the next page begins; null at the end of the list.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl PageQuery {
    /// The query of a list that has others beside these.
    pub(super) const fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Most items of the page.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::invalid(format!("limit is {limit}; write a number from 1 to {LIMIT_MAX}")));
        }
        Ok(usize::try_from(limit).unwrap_or(1))
    }

    /// The place after which the page begins.
    pub(super) fn after<K: for<'a> Deserialize<'a>>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = self.cursor.as_deref() else { return Ok(None) };
        let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|text| serde_json::from_slice(&text).ok());
        place.map(Some).ok_or_else(|| Problem::invalid("cursor is not one that this list gave"))
    }

    /// The page of a list that is sorted by `place`.
    pub(super) fn cut<T, K>(&self, list: Vec<T>, place: impl Fn(&T) -> K) -> Result<Page<T>, Problem>
    where
        K: PartialOrd + Serialize + for<'a> Deserialize<'a>,
    {
        let (limit, after) = (self.limit()?, self.after::<K>()?);
        let begins = |item: &T| after.as_ref().is_none_or(|after| place(item) > *after);
        let items = list.into_iter().filter(begins).take(limit + 1).collect();
        Ok(Page::of(items, limit, place))
    }
}

impl<T> Page<T> {
    /// A page of at most `limit` of these items; one more says that there are further ones.
    pub(super) fn of<K: Serialize>(mut items: Vec<T>, limit: usize, place: impl Fn(&T) -> K) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more).map(place);
        let cursor = last.and_then(|place| serde_json::to_vec(&place).ok()).map(|text| URL_SAFE_NO_PAD.encode(text));
        Self { items, next_cursor: cursor }
    }

    /// The same page of other items.
    pub(super) fn map<U>(self, of: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(of).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(list: &[(u64, &str)], limit: u32, cursor: Option<String>) -> Page<(u64, String)> {
        let list = list.iter().map(|(at, name)| (*at, (*name).to_owned())).collect();
        PageQuery { limit: Some(limit), cursor }.cut(list, Clone::clone).unwrap()
    }

    #[test]
    fn pages_follow_one_another_though_things_come_and_go() {
        let first = page(&[(1, "a"), (1, "b"), (2, "c"), (3, "d")], 2, None);
        assert_eq!(first.items, [(1, "a".to_owned()), (1, "b".to_owned())]);
        let second = page(&[(0, "new"), (1, "a"), (2, "c"), (3, "d")], 2, first.next_cursor);
        assert_eq!(second.items, [(2, "c".to_owned()), (3, "d".to_owned())]);
        assert!(second.next_cursor.is_none());
    }

    #[test]
    fn limits_and_cursors_that_make_no_sense_are_refused() {
        for limit in [0, 501] {
            assert!(PageQuery { limit: Some(limit), cursor: None }.limit().is_err(), "{limit}");
        }
        for cursor in ["", "!", "bm9uZQ"] {
            let query = PageQuery { limit: None, cursor: Some(cursor.to_owned()) };
            assert!(query.after::<(u64, String)>().is_err(), "{cursor}");
        }
    }
}
