"""What people are told of when it happens: once each in the inbox's count, and by mail where mail is set up."""
