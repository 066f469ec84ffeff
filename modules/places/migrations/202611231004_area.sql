-- Every place that a fact can belong to, with the town it counts for.
create view places_area as
    select id, region_id, id as town_id, name from places_town_entry
    union all
    select id, region_id, town_id, name from places_unit_entry;
