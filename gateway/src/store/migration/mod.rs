//! The steps that bring a database of any earlier version to the present form, a file each.
mod columns;
mod m0001_rooms_and_seats;
mod m0002_events_and_outbox;
mod m0003_history;
mod m0004_traceparent;
mod m0005_admin_answers;
mod m0006_revocations;

use sea_orm_migration::prelude::*;

/// All steps.
pub struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_rooms_and_seats::Step),
            Box::new(m0002_events_and_outbox::Step),
            Box::new(m0003_history::Step),
            Box::new(m0004_traceparent::Step),
            Box::new(m0005_admin_answers::Step),
            Box::new(m0006_revocations::Step),
        ]
    }
}
