-- For the rest of this transaction. An index of labels can be read in no other way.
SELECT set_config('enable_bitmapscan', 'on', true)
