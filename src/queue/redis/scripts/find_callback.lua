-- Reads the callback of a job. ARGV: token. Returns 'missing', or 'ok' and the callback.
if not callback_of(ARGV[1]) or not job_fields(ARGV[1]) then return {'missing'} end
return {'ok', shown_callback(ARGV[1])}
