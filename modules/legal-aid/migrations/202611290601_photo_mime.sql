-- Papers come as photographs or as PDF.
alter table legal_aid_photo_entry add column mime text not null default 'image/jpeg' check (mime in ('image/jpeg', 'application/pdf'));
