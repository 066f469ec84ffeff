//! Which columns of legal aid hold sealed words.

use super::{
    STORY, WORDS, cooperations, engagements, events, follow_ups, helps, letters, photos, quality, tickets,
};
use store::SealedField;

/// The sealed columns, for changes of keys.
pub(crate) const SEALED: [SealedField; 16] = [
    SealedField { table: "legal_aid_case_entry", column: "story_sealed", field: STORY, blind: None },
    SealedField { table: "legal_aid_event_entry", column: "words_sealed", field: WORDS, blind: None },
    SealedField {
        table: "legal_aid_event_entry",
        column: "cleared_sealed",
        field: events::CLEARED,
        blind: None,
    },
    SealedField {
        table: "legal_aid_ticket_entry",
        column: "answers_sealed",
        field: tickets::ANSWERS,
        blind: None,
    },
    SealedField { table: "legal_aid_photo_entry", column: "key_sealed", field: photos::PHOTO, blind: None },
    SealedField {
        table: "legal_aid_cooperation_entry",
        column: "subject_sealed",
        field: cooperations::SUBJECT,
        blind: None,
    },
    SealedField {
        table: "legal_aid_cooperation_entry",
        column: "asked_sealed",
        field: cooperations::ASKED,
        blind: None,
    },
    SealedField {
        table: "legal_aid_cooperation_entry",
        column: "answer_sealed",
        field: cooperations::ANSWER,
        blind: None,
    },
    SealedField { table: "legal_aid_help_entry", column: "name_sealed", field: helps::NAME, blind: None },
    SealedField { table: "legal_aid_help_entry", column: "words_sealed", field: helps::WORDS, blind: None },
    SealedField {
        table: "legal_aid_assessment_entry",
        column: "words_sealed",
        field: quality::WORDS,
        blind: None,
    },
    SealedField {
        table: "legal_aid_follow_up_entry",
        column: "words_sealed",
        field: follow_ups::WORDS,
        blind: None,
    },
    SealedField {
        table: "legal_aid_engagement_entry",
        column: "place_sealed",
        field: engagements::PLACE,
        blind: None,
    },
    SealedField {
        table: "legal_aid_engagement_entry",
        column: "outcome_sealed",
        field: engagements::OUTCOME,
        blind: None,
    },
    SealedField {
        table: "legal_aid_letter_entry",
        column: "words_sealed",
        field: letters::WORDS,
        blind: None,
    },
    SealedField {
        table: "legal_aid_letter_entry",
        column: "answer_sealed",
        field: letters::ANSWER,
        blind: None,
    },
];
