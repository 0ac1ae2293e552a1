-- Where the call that created a deployment stands in its trace (W3C traceparent); NULL: nobody follows it.
ALTER TABLE deployments ADD COLUMN traceparent text
  CONSTRAINT deployments_traceparent_length CHECK (octet_length(traceparent) = 55);
