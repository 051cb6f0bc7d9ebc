"""What is done once a day or an hour, whether somebody asks for it or not."""
