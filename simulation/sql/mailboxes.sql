-- Who can be mailed, from when, and who will not want it for ever.
create or replace table mailboxes as
with addresses as (
    select person_id as mailbox_id, email as address, created_day as mailable_day, scanner_no as mailbox_scanner_no, *
    from person_keys
    where kind in ('lead', 'contact')
    union all
    select 8 * getvariable('leads') + person_id, other_email, other_record_day, null, *
    from person_keys
    where other_email is not null
)

select
    * exclude (scanner_no, mailbox_scanner_no),
    mailbox_scanner_no as scanner_no,
    uniform(mailbox_id, 'is dead') < case mailbox_kind when 'disposable' then 0.5 else 0.015 end as is_dead,
    case
        when mailbox_scanner_no is not null and uniform(mailbox_id, 'robot opts out') < 0.25 then 'scanner'
        when uniform(mailbox_id, 'opts out') < 0.05 then 'person'
    end as opted_out_by
from addresses;
