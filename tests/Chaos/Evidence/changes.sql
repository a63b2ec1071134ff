SELECT uid, epoch, revision, journal_sequence, phase, owner FROM chaos_rows ORDER BY uid, id
